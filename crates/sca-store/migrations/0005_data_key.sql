-- The data key: what the fields of this database are sealed and digested under. It is sealed itself, under the newest configured key
-- (envelope encryption), so that a configured key can be replaced without touching another row. One row.
CREATE TABLE data_key (
    id                  BIGINT  NOT NULL PRIMARY KEY,
    sealed              BYTEA   NOT NULL
);
