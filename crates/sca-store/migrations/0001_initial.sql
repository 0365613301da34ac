-- One schema for SQLite and PostgreSQL. Times are milliseconds since the Unix epoch. SQLite has no BYTEA type and stores the
-- value as given.

CREATE TABLE approvals (
    id                  TEXT    NOT NULL PRIMARY KEY,
    owner               TEXT    NOT NULL,
    secret_digest       BYTEA   NOT NULL UNIQUE,
    version             BIGINT  NOT NULL,
    status              TEXT    NOT NULL,
    reason              TEXT,
    action              TEXT    NOT NULL,
    request             BYTEA,
    -- The partner's id of the transfer, if the approval is for one. Each version of a transfer has at most one approval.
    transfer            TEXT,
    transfer_version    BIGINT,
    created_at          BIGINT  NOT NULL,
    expires_at          BIGINT  NOT NULL,
    settled_at          BIGINT,
    consumed_at         BIGINT,
    -- When the next poll of the provider is due.
    poll_at             BIGINT,
    progress            TEXT    NOT NULL,
    -- Sealed with AES-256-GCM under the configured key, bound to the approval and the column. Tokens are wiped when they are no
    -- longer needed.
    source              BYTEA   NOT NULL,
    access_token        BYTEA,
    one_time_token      BYTEA
);

-- The sweep runs every few seconds and must not scan settled approvals.
CREATE INDEX approvals_due ON approvals (expires_at) WHERE status = 'pending';
CREATE INDEX approvals_settled ON approvals (settled_at);
CREATE INDEX approvals_tokens ON approvals (settled_at) WHERE one_time_token IS NOT NULL;
CREATE INDEX approvals_polls ON approvals (poll_at) WHERE status = 'pending' AND poll_at IS NOT NULL;
CREATE UNIQUE INDEX approvals_transfers ON approvals (owner, transfer, transfer_version) WHERE transfer IS NOT NULL;

-- Transfers that were exempt from an approval. No other version of such a transfer may be held. The digest covers the whole request.
CREATE TABLE exempted (
    owner               TEXT    NOT NULL,
    transfer            TEXT    NOT NULL,
    transfer_version    BIGINT  NOT NULL,
    digest              BYTEA   NOT NULL,
    created_at          BIGINT  NOT NULL,
    PRIMARY KEY (owner, transfer)
);

CREATE INDEX exempted_age ON exempted (created_at);

-- Low-value usage per customer and currency since the last authentication (Delegated Regulation (EU) 2018/389, article 16).
-- Never purged: it decides who has to approve the next transfer. The customer's id is stored as a keyed digest.
CREATE TABLE low_value_usage (
    owner               TEXT    NOT NULL,
    customer            BYTEA   NOT NULL,
    currency            TEXT    NOT NULL,
    cumulative          BIGINT  NOT NULL,
    count               BIGINT  NOT NULL,
    PRIMARY KEY (owner, customer, currency)
);

-- Correlation keys: the provider's ids that its webhooks carry instead of the approval's.
CREATE TABLE approval_correlations (
    provider            TEXT    NOT NULL,
    correlation_key     TEXT    NOT NULL,
    approval_id         TEXT    NOT NULL REFERENCES approvals (id) ON DELETE CASCADE,
    PRIMARY KEY (provider, correlation_key, approval_id)
);

CREATE INDEX approval_correlations_approval ON approval_correlations (approval_id);

-- Requests that carried an idempotency key.
CREATE TABLE idempotency_keys (
    scope               TEXT    NOT NULL,
    key_digest          BYTEA   NOT NULL,
    body_digest         BYTEA   NOT NULL,
    status              BIGINT,
    -- Sealed like the tokens.
    answer              BYTEA,
    created_at          BIGINT  NOT NULL,
    PRIMARY KEY (scope, key_digest)
);

CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- Face sessions at the provider. At most one is open for an approval.
CREATE TABLE face_sessions (
    session_id          TEXT    NOT NULL PRIMARY KEY,
    approval_id         TEXT    NOT NULL REFERENCES approvals (id) ON DELETE CASCADE,
    -- The hosted page's URL, which contains the session's client secret. Sealed; wiped when the session is closed.
    url                 BYTEA,
    -- The values that the report must repeat (dynamic linking). Contains the customer's address: sealed.
    expected            BYTEA   NOT NULL,
    expires_at          BIGINT  NOT NULL,
    poll_at             BIGINT  NOT NULL,
    created_at          BIGINT  NOT NULL,
    closed_at           BIGINT,
    -- When the provider's report became final. A closed session is still polled until then, for a limited time.
    final_at            BIGINT
);

CREATE UNIQUE INDEX face_sessions_open ON face_sessions (approval_id) WHERE closed_at IS NULL;
CREATE INDEX face_sessions_approval ON face_sessions (approval_id);
CREATE INDEX face_sessions_due ON face_sessions (poll_at) WHERE closed_at IS NULL;
CREATE INDEX face_sessions_watched ON face_sessions (closed_at) WHERE final_at IS NULL;

-- Webhook events that providers sent, each stored once.
CREATE TABLE webhook_events (
    provider            TEXT    NOT NULL,
    id                  TEXT    NOT NULL,
    -- The correlation key that it carries.
    correlation_key     TEXT    NOT NULL,
    kind                TEXT    NOT NULL,
    -- Its payload, where that decides something by itself.
    payload             TEXT,
    received_at         BIGINT  NOT NULL,
    -- When processing was last claimed. No other instance claims it until the lease ends.
    claimed_at          BIGINT  NOT NULL,
    processed_at        BIGINT,
    PRIMARY KEY (provider, id)
);

CREATE INDEX webhook_events_age ON webhook_events (received_at);
CREATE INDEX webhook_events_correlation ON webhook_events (provider, correlation_key);
CREATE INDEX webhook_events_waiting ON webhook_events (provider, claimed_at) WHERE processed_at IS NULL;

-- The outbox: outbound webhooks, written in the transaction of the decision. The id is derived from the approval and the event
-- type, so one decision has one message.
CREATE TABLE outbox (
    id                  TEXT    NOT NULL PRIMARY KEY,
    approval_id         TEXT    NOT NULL,
    kind                TEXT    NOT NULL,
    payload             TEXT    NOT NULL,
    created_at          BIGINT  NOT NULL,
    attempts            BIGINT  NOT NULL,
    next_at             BIGINT  NOT NULL,
    holder              TEXT,
    held_until          BIGINT,
    delivered_at        BIGINT,
    exhausted_at        BIGINT
);

CREATE INDEX outbox_due ON outbox (next_at) WHERE delivered_at IS NULL AND exhausted_at IS NULL;
CREATE INDEX outbox_age ON outbox (created_at);
