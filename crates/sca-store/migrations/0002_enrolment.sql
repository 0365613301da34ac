-- Enrolments: a customer sets up and removes factors at a provider.
CREATE TABLE enrolments (
    id                  TEXT    NOT NULL PRIMARY KEY,
    owner               TEXT    NOT NULL,
    secret_digest       BYTEA   NOT NULL UNIQUE,
    version             BIGINT  NOT NULL,
    provider            TEXT    NOT NULL,
    created_at          BIGINT  NOT NULL,
    expires_at          BIGINT  NOT NULL,
    ended_at            BIGINT,
    -- Whose factors, and who authenticated the customer. Sealed.
    subject             BYTEA   NOT NULL,
    -- What the calls have shown. Sealed: it may have the name of a device.
    progress            BYTEA   NOT NULL,
    -- Sealed. Wiped when the enrolment ends.
    access_token        BYTEA
);

CREATE INDEX enrolments_due ON enrolments (expires_at) WHERE ended_at IS NULL;
CREATE INDEX enrolments_ended ON enrolments (ended_at);

-- The devices that customers have enrolled. Never purged: a provider may have no list of them, and without its id a device cannot be
-- removed. The customer's id is stored as a keyed digest, the name sealed, and the fingerprint not at all.
CREATE TABLE enrolled_devices (
    owner               TEXT    NOT NULL,
    provider            TEXT    NOT NULL,
    customer            BYTEA   NOT NULL,
    device_id           TEXT    NOT NULL,
    name                BYTEA   NOT NULL,
    created_at          BIGINT  NOT NULL,
    PRIMARY KEY (owner, provider, customer, device_id)
);
