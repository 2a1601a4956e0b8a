/** Names on the reviewed list of MySQL and MariaDB that one of the two servers of the tests does not have. */
const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/** Of MySQL 8 and later, and of later versions of MariaDB than 10.11. */
export const NOT_ON_MARIADB = words(`
any_value bin_to_uuid distance format_bytes format_pico_time from_vector geometrycollection grouping initcap is_uuid
json_array_intersect json_key_value json_object_filter_keys json_object_to_array json_schema_valid
json_schema_validation_report json_storage_free json_storage_size kdf linestring mbrcoveredby mbrcovers
multilinestring multipoint multipolygon point polygon regexp_like st_buffer_strategy st_collect st_frechetdistance
st_geohash st_geomcollfromtxt st_hausdorffdistance st_isvalid st_latfromgeohash st_latitude
st_lineinterpolatepoint st_lineinterpolatepoints st_longfromgeohash st_longitude st_makeenvelope
st_numinteriorring st_pointatdistance st_pointfromgeohash st_simplify st_swapxy st_transform st_validate
statement_digest statement_digest_text string_to_vector to_vector uuid_to_bin uuid_to_timestamp vector_dim
vector_to_string @@max_execution_time @@session_track_gtids @@super_read_only @@transaction_isolation
@@transaction_read_only`)

/** Of MariaDB, and of MySQL up to 9.5. */
export const NOT_ON_MYSQL = words(`
add_months area asbinary astext aswkb aswkt boundary buffer centroid chr column_add column_check column_create
column_delete column_exists column_get column_json column_list concat_operator_oracle convexhull crc32c crosses
decode decode_histogram decode_oracle dimension disjoint encode encrypt endpoint envelope equals exteriorring
geomcollfromtext geomcollfromwkb geometrycollectionfromtext geometrycollectionfromwkb geometryfromtext
geometryfromwkb geometryn geometrytype geomfromtext geomfromwkb glength initcap interiorringn intersects isclosed
isempty isring issimple json_array_intersect json_compact json_detailed json_equals json_exists json_key_value
json_loose json_normalize json_object_filter_keys json_object_to_array json_query kdf lastval lengthb linefromtext
linefromwkb linestringfromtext linestringfromwkb lpad_oracle ltrim_oracle mbrequal md5 median mlinefromtext
mlinefromwkb mpointfromtext mpointfromwkb mpolyfromtext mpolyfromwkb multilinestringfromtext multilinestringfromwkb
multipointfromtext multipointfromwkb multipolygonfromtext multipolygonfromwkb natural_sort_key nextval
numgeometries numinteriorrings numpoints nvl nvl2 old_password overlaps percentile_cont percentile_disc
pointfromtext pointfromwkb pointn pointonsurface polyfromtext polyfromwkb polygonfromtext polygonfromwkb
replace_oracle rpad_oracle rtrim_oracle setval sformat sha sha1 st_boundary st_isring st_pointonsurface st_relate
distance startpoint substr_oracle sys_guid to_char touches trim_oracle uuid_to_timestamp within x y @@max_statement_time
@@query_cache_size @@query_cache_type @@storage_engine @@tx_isolation @@tx_read_only`)
