import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.sql.Array;
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
import java.util.Properties;

/** What Java programs do with pgJDBC. Prints a line for each case: its name, a tab, and what came of it. */
public final class Smoke {
  interface Work {
    String run(Connection connection) throws Exception;
  }

  static String url;
  static Properties login;

  public static void main(String[] args) throws Exception {
    url = args[0];
    for (String mode : new String[] {"extended", "simple", "extendedForPrepared", "extendedCacheEverything"}) {
      login = new Properties();
      login.setProperty("user", args[1]);
      login.setProperty("password", args[2]);
      login.setProperty("preferQueryMode", mode);
      // Named statements and binary answers from the second run on.
      login.setProperty("prepareThreshold", "2");
      cases(mode);
    }
  }

  static void cases(String mode) {
    check(mode, "select", c -> rows(c.createStatement().executeQuery("select id, name, price from things order by id")));
    check(mode, "prepared, often", c -> {
      StringBuilder all = new StringBuilder();
      try (PreparedStatement s = c.prepareStatement("select id, price, made, tags, data, big, real8, flag, raw from things where id = ?")) {
        for (int i = 1; i <= 6; i++) {
          s.setInt(1, i % 3 + 1);
          all.append(rows(s.executeQuery()));
        }
      }
      return all.toString();
    });
    check(mode, "types by getter", c -> {
      try (PreparedStatement s = c.prepareStatement("select price, made, tags, big, real8 from things where id = 1")) {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 4; i++) {
          ResultSet r = s.executeQuery();
          r.next();
          BigDecimal price = r.getBigDecimal(1);
          Timestamp made = r.getTimestamp(2);
          Array tags = r.getArray(3);
          all.append(price).append(made).append(tags).append(r.getLong(4)).append(r.getDouble(5));
        }
        return all.toString();
      }
    });
    check(mode, "rows in portions", c -> {
      c.setAutoCommit(false);
      Statement s = c.createStatement();
      s.setFetchSize(3);
      String all = rows(s.executeQuery("select n from generate_series(1, 20) n"));
      c.commit();
      return all;
    });
    check(mode, "batch", c -> {
      c.setAutoCommit(false);
      try (PreparedStatement s = c.prepareStatement("insert into things (id, name) values (?, ?)")) {
        for (int i = 100; i < 120; i++) {
          s.setInt(1, i);
          s.setString(2, "batch " + i);
          s.addBatch();
        }
        int[] counts = s.executeBatch();
        return counts.length + " " + rows(c.createStatement().executeQuery("select count(*) from things"));
      } finally {
        c.rollback();
      }
    });
    check(mode, "generated keys", c -> {
      c.setAutoCommit(false);
      try (PreparedStatement s = c.prepareStatement("insert into keyed (name) values (?)", Statement.RETURN_GENERATED_KEYS)) {
        s.setString(1, "x");
        s.executeUpdate();
        ResultSet keys = s.getGeneratedKeys();
        return keys.next() + " " + keys.getMetaData().getColumnName(1);
      } finally {
        c.rollback();
      }
    });
    check(mode, "transaction, savepoint, error", c -> {
      c.setAutoCommit(false);
      Statement s = c.createStatement();
      s.executeUpdate("update things set name = 'changed' where id = 1");
      Savepoint point = c.setSavepoint("here");
      String state;
      try {
        s.executeUpdate("insert into things (id) values (1)");
        state = "no error";
      } catch (SQLException error) {
        state = error.getSQLState();
      }
      c.rollback(point);
      String all = state + rows(s.executeQuery("select name from things where id = 1"));
      c.rollback();
      return all;
    });
    check(mode, "read only and isolation", c -> {
      c.setReadOnly(true);
      c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
      c.setAutoCommit(false);
      String all = rows(c.createStatement().executeQuery("show transaction_isolation"))
          + rows(c.createStatement().executeQuery("show transaction_read_only"));
      c.rollback();
      return all;
    });
    check(mode, "several results", c -> {
      Statement s = c.createStatement();
      StringBuilder all = new StringBuilder();
      boolean more = s.execute("select 1; select 2; update things set name = name where id = 2; select 3");
      while (more || s.getUpdateCount() != -1) {
        all.append(more ? rows(s.getResultSet()) : "updated " + s.getUpdateCount());
        more = s.getMoreResults();
      }
      return all.toString();
    });
    check(mode, "metadata: tables, columns, keys", c -> {
      DatabaseMetaData data = c.getMetaData();
      return rows(data.getTables(null, "public", "%", new String[] {"TABLE", "VIEW"}))
          + rows(data.getColumns(null, "public", "things", "%"))
          + rows(data.getPrimaryKeys(null, "public", "things"))
          + rows(data.getIndexInfo(null, "public", "things", false, true))
          + rows(data.getImportedKeys(null, "public", "keyed"))
          + rows(data.getSchemas()) + data.getDatabaseProductVersion();
    });
    check(mode, "metadata of a result", c -> {
      ResultSetMetaData data = c.prepareStatement("select id, name as label, price from things").getMetaData();
      StringBuilder all = new StringBuilder();
      for (int i = 1; i <= data.getColumnCount(); i++)
        all.append(data.getColumnLabel(i)).append(data.getColumnTypeName(i)).append(data.isNullable(i));
      return all.toString();
    });
    check(mode, "updatable result", c -> {
      c.setAutoCommit(false);
      Statement s = c.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE);
      ResultSet r = s.executeQuery("select id, name from things where id = 3");
      r.next();
      r.updateString(2, "updated");
      r.updateRow();
      String all = rows(c.createStatement().executeQuery("select name from things where id = 3"));
      c.rollback();
      return all;
    });
    check(mode, "query timeout", c -> {
      Statement s = c.createStatement();
      s.setQueryTimeout(1);
      try {
        s.execute("select pg_sleep(30)");
        return "not stopped";
      } catch (SQLException error) {
        return error.getSQLState() + rows(c.createStatement().executeQuery("select 1"));
      }
    });
    check(mode, "warnings", c -> {
      Statement s = c.createStatement();
      s.execute("do $$ begin raise warning 'careful'; end $$");
      return String.valueOf(s.getWarnings().getMessage());
    });
    check(mode, "copy", c -> {
      org.postgresql.copy.CopyManager copy = c.unwrap(org.postgresql.PGConnection.class).getCopyAPI();
      StringWriter out = new StringWriter();
      c.setAutoCommit(false);
      copy.copyIn("copy things (id, name) from stdin", new StringReader("200\tcopied\n201\ttoo\n"));
      copy.copyOut("copy (select id, name from things where id >= 200 order by id) to stdout", out);
      c.rollback();
      return out.toString();
    });
    check(mode, "notifications", c -> {
      Statement s = c.createStatement();
      s.execute("listen bell");
      s.execute("notify bell, 'ding'");
      org.postgresql.PGNotification[] all = c.unwrap(org.postgresql.PGConnection.class).getNotifications(2000);
      return all == null ? "none" : all[0].getName() + all[0].getParameter();
    });
    check(mode, "error fields", c -> {
      try {
        c.createStatement().execute("insert into things (id) values (1)");
        return "no error";
      } catch (org.postgresql.util.PSQLException error) {
        return error.getSQLState() + error.getServerErrorMessage();
      }
    });
  }

  static void check(String mode, String name, Work work) {
    String told;
    try (Connection connection = DriverManager.getConnection(url, login)) {
      told = "passed\t" + work.run(connection);
    } catch (Exception error) {
      told = "failed\t" + error;
    }
    System.out.println(mode + ": " + name + "\t" + told.replace("\n", "\\n").replaceAll("\\[B@[0-9a-f]+", "[bytes]"));
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
