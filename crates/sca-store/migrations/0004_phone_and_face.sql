-- The phone number that a customer has registered at a provider. Never purged: a provider may have no list of them, and without its id a
-- number cannot be removed. The customer's id is stored as a keyed digest, the number's last digits sealed, and the number not at all.
CREATE TABLE enrolled_phones (
    owner               TEXT    NOT NULL,
    provider            TEXT    NOT NULL,
    customer            BYTEA   NOT NULL,
    phone_id            TEXT    NOT NULL,
    masked              BYTEA   NOT NULL,
    -- NULL where it was registered elsewhere.
    created_at          BIGINT,
    PRIMARY KEY (owner, provider, customer)
);

-- The face that a customer has at the partner's face server. Never purged: without its reference it cannot be removed there. An approval
-- finds it by the customer's ids at the provider, which are stored as keyed digests. No scan is stored.
CREATE TABLE enrolled_faces (
    owner               TEXT    NOT NULL,
    provider            TEXT    NOT NULL,
    customer            BYTEA   NOT NULL,
    profile_digest      BYTEA,
    user_digest         BYTEA,
    -- Sealed.
    reference           BYTEA   NOT NULL,
    -- NULL while it is not known whether the provider has enrolled it.
    confirmed_at        BIGINT,
    PRIMARY KEY (owner, provider, customer)
);

CREATE INDEX enrolled_faces_of_profile ON enrolled_faces (owner, provider, profile_digest);
CREATE INDEX enrolled_faces_of_user ON enrolled_faces (owner, provider, user_digest);
