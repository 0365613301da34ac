-- SQLite and PostgreSQL read the same text. Times are milliseconds since the Unix epoch. SQLite knows no BYTEA and keeps
-- what it is given.

CREATE TABLE approvals (
    id                  TEXT    NOT NULL PRIMARY KEY,
    owner               TEXT    NOT NULL,
    secret_digest       BYTEA   NOT NULL UNIQUE,
    version             BIGINT  NOT NULL,
    status              TEXT    NOT NULL,
    reason              TEXT,
    action              TEXT    NOT NULL,
    request             BYTEA,
    -- The partner's name for a transfer, where the approval is for one: there is one approval for each version of it.
    transfer            TEXT,
    transfer_version    BIGINT,
    created_at          BIGINT  NOT NULL,
    expires_at          BIGINT  NOT NULL,
    settled_at          BIGINT,
    spent_at            BIGINT,
    -- When to ask the provider about it, should nothing be heard.
    poll_at             BIGINT,
    progress            TEXT    NOT NULL,
    -- AES-256-GCM under the configured key, bound to the approval and the column; tokens are wiped when they are no longer
    -- needed.
    source              BYTEA   NOT NULL,
    access_token        BYTEA,
    one_time_token      BYTEA
);

-- What is swept every few seconds is found without a look at what was settled long ago.
CREATE INDEX approvals_due ON approvals (expires_at) WHERE status = 'pending';
CREATE INDEX approvals_settled ON approvals (settled_at);
CREATE INDEX approvals_tokens ON approvals (settled_at) WHERE one_time_token IS NOT NULL;
CREATE INDEX approvals_polls ON approvals (poll_at) WHERE status = 'pending' AND poll_at IS NOT NULL;
CREATE UNIQUE INDEX approvals_transfers ON approvals (owner, transfer, transfer_version) WHERE transfer IS NOT NULL;

-- Transfers that the partner was told to carry out without an approval: there is no other version of them. The digest is of all that
-- was said of the transfer.
CREATE TABLE exempted (
    owner               TEXT    NOT NULL,
    transfer            TEXT    NOT NULL,
    transfer_version    BIGINT  NOT NULL,
    digest              BYTEA   NOT NULL,
    created_at          BIGINT  NOT NULL,
    PRIMARY KEY (owner, transfer)
);

CREATE INDEX exempted_age ON exempted (created_at);

-- What customers have paid without confirming it, in each currency, since they last approved something. Never forgotten before: it
-- says who has to confirm the next transfer. The customer's name is digested under the configured key.
CREATE TABLE unconfirmed (
    owner               TEXT    NOT NULL,
    customer            BYTEA   NOT NULL,
    currency            TEXT    NOT NULL,
    together            BIGINT  NOT NULL,
    number              BIGINT  NOT NULL,
    PRIMARY KEY (owner, customer, currency)
);

-- What an approval depends on at a provider, whose events name neither approval nor challenge.
CREATE TABLE subjects (
    provider            TEXT    NOT NULL,
    subject             TEXT    NOT NULL,
    approval_id         TEXT    NOT NULL REFERENCES approvals (id) ON DELETE CASCADE,
    PRIMARY KEY (provider, subject, approval_id)
);

CREATE INDEX subjects_approval ON subjects (approval_id);

-- Calls with an idempotency key.
CREATE TABLE attempts (
    scope               TEXT    NOT NULL,
    key_digest          BYTEA   NOT NULL,
    body_digest         BYTEA   NOT NULL,
    status              BIGINT,
    -- Sealed like the tokens.
    answer              BYTEA,
    created_at          BIGINT  NOT NULL,
    PRIMARY KEY (scope, key_digest)
);

CREATE INDEX attempts_age ON attempts (created_at);

-- Sessions at a provider that looks at faces. One at a time is open for an approval.
CREATE TABLE face_sessions (
    session_id          TEXT    NOT NULL PRIMARY KEY,
    approval_id         TEXT    NOT NULL REFERENCES approvals (id) ON DELETE CASCADE,
    -- The page that the customer sees, which holds the session's client secret: sealed, and wiped when the session is closed.
    url                 BYTEA,
    -- What has to come back with its outcome, as it was sent. The customer's address is in it: sealed.
    expected            BYTEA   NOT NULL,
    expires_at          BIGINT  NOT NULL,
    poll_at             BIGINT  NOT NULL,
    created_at          BIGINT  NOT NULL,
    closed_at           BIGINT,
    -- When the provider had said all that it will say of it. One that is closed goes on being asked for until then, for a while.
    seen_out_at         BIGINT
);

CREATE UNIQUE INDEX face_sessions_open ON face_sessions (approval_id) WHERE closed_at IS NULL;
CREATE INDEX face_sessions_approval ON face_sessions (approval_id);
CREATE INDEX face_sessions_due ON face_sessions (poll_at) WHERE closed_at IS NULL;
CREATE INDEX face_sessions_watched ON face_sessions (closed_at) WHERE seen_out_at IS NULL;

-- What providers have told, each event once.
CREATE TABLE webhook_events (
    provider            TEXT    NOT NULL,
    id                  TEXT    NOT NULL,
    -- What it is about, in the provider's words.
    subject             TEXT    NOT NULL,
    kind                TEXT    NOT NULL,
    -- What it says, where that counts by itself.
    said                TEXT,
    received_at         BIGINT  NOT NULL,
    -- When somebody last set about handling it. Nobody else does for a while then.
    tried_at            BIGINT  NOT NULL,
    handled_at          BIGINT,
    PRIMARY KEY (provider, id)
);

CREATE INDEX webhook_events_age ON webhook_events (received_at);
CREATE INDEX webhook_events_subject ON webhook_events (provider, subject);
CREATE INDEX webhook_events_waiting ON webhook_events (provider, tried_at) WHERE handled_at IS NULL;

-- What other servers are to be told about a decision, written in the decision's own transaction. The name is made of the approval's
-- and of what is told: of one decision there is one message.
CREATE TABLE outbox (
    id                  TEXT    NOT NULL PRIMARY KEY,
    approval_id         TEXT    NOT NULL,
    kind                TEXT    NOT NULL,
    payload             TEXT    NOT NULL,
    created_at          BIGINT  NOT NULL,
    tries               BIGINT  NOT NULL,
    next_at             BIGINT  NOT NULL,
    holder              TEXT,
    held_until          BIGINT,
    done_at             BIGINT,
    failed_at           BIGINT
);

CREATE INDEX outbox_due ON outbox (next_at) WHERE done_at IS NULL AND failed_at IS NULL;
CREATE INDEX outbox_age ON outbox (created_at);
