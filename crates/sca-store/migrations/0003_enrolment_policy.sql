-- Whose enrolment it is, as a keyed digest. A customer has at most one open enrolment. NULL for those that began before this column.
ALTER TABLE enrolments ADD COLUMN customer BYTEA;
CREATE UNIQUE INDEX enrolments_open ON enrolments (customer) WHERE ended_at IS NULL;

-- Factors that are too new to be used (cooling-off), by the call that enrolled them or may have done so. Customer, profile and user are
-- keyed digests: an approval names the customer by the provider's ids.
CREATE TABLE factor_waits (
    call_id             TEXT    NOT NULL,
    factor              TEXT    NOT NULL,
    customer            BYTEA   NOT NULL,
    profile             BYTEA,
    provider_user       BYTEA,
    usable_from         BIGINT  NOT NULL,
    PRIMARY KEY (call_id, factor)
);

CREATE INDEX factor_waits_customer ON factor_waits (customer);
CREATE INDEX factor_waits_profile ON factor_waits (profile) WHERE profile IS NOT NULL;
CREATE INDEX factor_waits_user ON factor_waits (provider_user) WHERE provider_user IS NOT NULL;
CREATE INDEX factor_waits_age ON factor_waits (usable_from);

-- The customer whose session the approval opens at the provider: a keyed digest of provider, profile and access token.
ALTER TABLE approvals ADD COLUMN session BYTEA;
CREATE INDEX approvals_sessions ON approvals (session, settled_at) WHERE session IS NOT NULL;
