CREATE TABLE approvals (
    id              TEXT    NOT NULL PRIMARY KEY,
    owner           TEXT    NOT NULL,
    secret_digest   BLOB    NOT NULL UNIQUE,
    version         BIGINT  NOT NULL,
    status          TEXT    NOT NULL,
    reason          TEXT,
    action          TEXT    NOT NULL,
    request         BLOB,
    profile         TEXT,
    token_digest    BLOB    NOT NULL,
    created_at      BIGINT  NOT NULL,
    expires_at      BIGINT  NOT NULL,
    settled_at      BIGINT,
    spent_at        BIGINT,
    progress        TEXT    NOT NULL,
    -- AES-256-GCM under the configured key, bound to the approval and the column; wiped when they are no longer needed.
    access_token    BLOB,
    one_time_token  BLOB
);

CREATE INDEX approvals_due ON approvals (status, expires_at);
CREATE INDEX approvals_settled ON approvals (settled_at);

-- What other parts are to be told about a decision, written in the decision's own transaction.
CREATE TABLE outbox (
    id              INTEGER PRIMARY KEY,
    approval_id     TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    payload         TEXT    NOT NULL,
    created_at      BIGINT  NOT NULL,
    done_at         BIGINT
);

CREATE TABLE attempts (
    scope           TEXT    NOT NULL,
    key_digest      BLOB    NOT NULL,
    body_digest     BLOB    NOT NULL,
    status          INTEGER,
    -- Sealed like the tokens.
    answer          BLOB,
    created_at      BIGINT  NOT NULL,
    PRIMARY KEY (scope, key_digest)
);

CREATE INDEX attempts_age ON attempts (created_at);
