import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Timestamp;

/** What Java programs do with the JDBC drivers of MySQL and MariaDB. Prints a line for each case: its name, a tab, and what came of it. */
public final class MysqlSmoke {
  interface Work {
    String run(Connection connection) throws Exception;
  }

  /** @param args user, password, then pairs of a name and a URL. */
  public static void main(String[] args) {
    for (int i = 2; i + 1 < args.length; i += 2) cases(args[i], args[i + 1], args[0], args[1]);
  }

  static void cases(String mode, String url, String user, String password) {
    Runner check = (name, work) -> {
      String told;
      try (Connection connection = DriverManager.getConnection(url, user, password)) {
        told = "passed\t" + work.run(connection);
      } catch (Exception error) {
        told = "failed\t" + error.getClass().getSimpleName() + ": " + error.getMessage();
      }
      System.out.println(mode + ": " + name + "\t" + told.replace("\n", "\\n").replaceAll("\\[B@[0-9a-f]+", "[bytes]"));
    };
    check.run("select", c -> rows(c.createStatement().executeQuery("select id, name, price from things order by id")));
    check.run("prepared, often", c -> {
      StringBuilder all = new StringBuilder();
      try (PreparedStatement s = c.prepareStatement("select id, price, made, day, data, big, real8, flag, kind, note from things where id = ?")) {
        for (int i = 1; i <= 6; i++) {
          s.setInt(1, i % 3 + 1);
          all.append(rows(s.executeQuery()));
        }
      }
      return all.toString();
    });
    check.run("types by getter", c -> {
      ResultSet r = c.createStatement().executeQuery("select price, made, big, real8, day, bits, raw, span from things where id = 1");
      r.next();
      return r.getBigDecimal(1) + " " + r.getTimestamp(2) + " " + r.getLong(3) + " " + r.getDouble(4) + " " + r.getDate(5) + " "
          + r.getBytes(7).length + " " + r.getString(8);
    });
    check.run("insert of values", c -> {
      c.setAutoCommit(false);
      try (PreparedStatement s = c.prepareStatement("insert into things (id, name, price, made, raw, note) values (?, ?, ?, ?, ?, ?)")) {
        s.setInt(1, 50);
        s.setString(2, "ä'€\\");
        s.setBigDecimal(3, new java.math.BigDecimal("1.25"));
        s.setTimestamp(4, Timestamp.valueOf("2024-01-02 03:04:05.678"));
        s.setBytes(5, new byte[] {0, (byte) 0xff, '\''});
        s.setString(6, null);
        int count = s.executeUpdate();
        String told = count + rows(c.createStatement().executeQuery("select name, price, made, hex(raw), note from things where id = 50"));
        c.rollback();
        return told;
      }
    });
    check.run("generated keys", c -> {
      Statement s = c.createStatement();
      s.executeUpdate("insert into keyed (thing, name) values (1, 'a')", Statement.RETURN_GENERATED_KEYS);
      ResultSet keys = s.getGeneratedKeys();
      return String.valueOf(keys.next() && keys.getLong(1) > 0);
    });
    check.run("batch", c -> {
      c.setAutoCommit(false);
      int total = 0;
      try (PreparedStatement s = c.prepareStatement("insert into keyed (name) values (?)")) {
        for (int i = 0; i < 20; i++) {
          s.setString(1, "batch " + i);
          s.addBatch();
        }
        for (int count : s.executeBatch()) total += Math.max(count, 1);
      }
      String told = total + rows(c.createStatement().executeQuery("select count(*) from keyed where name like 'batch%'"));
      c.rollback();
      return told;
    });
    check.run("rows in pieces", c -> {
      Statement s = c.createStatement();
      s.setFetchSize(7);
      ResultSet r = s.executeQuery("select seq from seq_1_to_500");
      int sum = 0;
      while (r.next()) sum += r.getInt(1);
      return String.valueOf(sum);
    });
    check.run("transaction and savepoint", c -> {
      c.setAutoCommit(false);
      Statement s = c.createStatement();
      Savepoint point = c.setSavepoint("here");
      s.executeUpdate("update things set name = 'changed' where id = 1");
      c.rollback(point);
      String told = rows(s.executeQuery("select name from things where id = 1"));
      c.commit();
      return told;
    });
    check.run("isolation and read only", c -> {
      c.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      c.setReadOnly(true);
      String told = rows(c.createStatement().executeQuery("select 1")) + c.getTransactionIsolation();
      c.setReadOnly(false);
      return told;
    });
    check.run("catalog and schema", c -> {
      c.setCatalog(c.getCatalog());
      return rows(c.createStatement().executeQuery("select database()"));
    });
    check.run("metadata: tables", c -> {
      DatabaseMetaData m = c.getMetaData();
      return names(m.getTables(c.getCatalog(), null, "%", new String[] {"TABLE"}), "TABLE_NAME");
    });
    check.run("metadata: columns", c -> names(c.getMetaData().getColumns(c.getCatalog(), null, "things", "%"), "COLUMN_NAME", "TYPE_NAME", "DATA_TYPE"));
    check.run("metadata: keys", c -> names(c.getMetaData().getPrimaryKeys(c.getCatalog(), null, "keyed"), "COLUMN_NAME")
        + names(c.getMetaData().getImportedKeys(c.getCatalog(), null, "keyed"), "PKTABLE_NAME", "PKCOLUMN_NAME")
        + names(c.getMetaData().getIndexInfo(c.getCatalog(), null, "keyed", false, true), "INDEX_NAME"));
    check.run("metadata: procedures", c -> names(c.getMetaData().getProcedures(c.getCatalog(), null, "%"), "PROCEDURE_NAME"));
    check.run("metadata: product", c -> c.getMetaData().getDatabaseProductName() + c.getMetaData().getDatabaseMajorVersion());
    check.run("metadata of a result", c -> {
      ResultSetMetaData m = c.createStatement().executeQuery("select * from things limit 1").getMetaData();
      StringBuilder all = new StringBuilder();
      for (int i = 1; i <= m.getColumnCount(); i++)
        all.append(m.getColumnName(i)).append(' ').append(m.getColumnTypeName(i)).append(' ').append(m.getPrecision(i)).append(' ').append(m.getTableName(i)).append(';');
      return all.toString();
    });
    check.run("statement timeout", c -> {
      Statement s = c.createStatement();
      s.setQueryTimeout(1);
      try {
        s.executeQuery("select sleep(20)");
        return "not stopped";
      } catch (SQLException error) {
        return error.getClass().getSimpleName() + rows(c.createStatement().executeQuery("select 1"));
      }
    });
    check.run("cancel", c -> {
      Statement s = c.createStatement();
      Thread thread = new Thread(() -> {
        try {
          Thread.sleep(500);
          s.cancel();
        } catch (Exception error) {
          // The statement's own end tells.
        }
      });
      thread.start();
      try {
        s.executeQuery("select count(*) from seq_1_to_1000000 a, seq_1_to_1000000 b where a.seq <> b.seq + 1");
        return "not stopped";
      } catch (SQLException error) {
        thread.join();
        return error.getErrorCode() + rows(c.createStatement().executeQuery("select 1"));
      }
    });
    check.run("error", c -> {
      try {
        c.createStatement().executeUpdate("insert into things (id) values (1)");
        return "no error";
      } catch (SQLException error) {
        return error.getSQLState() + error.getErrorCode() + error.getClass().getSimpleName();
      }
    });
    check.run("is valid", c -> String.valueOf(c.isValid(5)));
    check.run("warnings", c -> {
      Statement s = c.createStatement();
      s.executeQuery("select 1 / 0");
      return String.valueOf(s.getWarnings() == null ? "none" : s.getWarnings().getMessage());
    });
    check.run("procedure without rows", c -> {
      try (CallableStatement s = c.prepareCall("{call rename_thing(?, ?)}")) {
        s.setInt(1, 1);
        s.setString(2, "thing 1");
        return String.valueOf(s.execute());
      }
    });
    check.run("procedure with rows", c -> {
      try (CallableStatement s = c.prepareCall("{call things_of(?)}")) {
        s.setInt(1, 2);
        s.execute();
        return rows(s.getResultSet());
      }
    });
  }

  interface Runner {
    void run(String name, Work work);
  }

  static String names(ResultSet rows, String... columns) throws SQLException {
    StringBuilder all = new StringBuilder();
    while (rows.next()) for (String column : columns) all.append(rows.getString(column)).append(' ');
    return all.toString();
  }

  static String rows(ResultSet rows) throws SQLException {
    StringBuilder all = new StringBuilder();
    int columns = rows.getMetaData().getColumnCount();
    while (rows.next()) {
      for (int i = 1; i <= columns; i++) all.append(i == 1 ? "[" : ", ").append(rows.getString(i));
      all.append(']');
    }
    return all.toString();
  }
}
