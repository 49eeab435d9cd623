CREATE TABLE {prefix}sessions (
    key     bytea       PRIMARY KEY,            -- SHA-256 of the session id
    state   smallint    NOT NULL,               -- 0: session, 1: tombstone of a session, 2: tombstone alone
    version bigint,                             -- unsigned 64 bits; compared for equality alone
    sealed  bytea,                              -- the encrypted session
    subject bytea,                              -- SHA-256
    sid     bytea,                              -- SHA-256
    ends    timestamptz NOT NULL
);
-- Encrypted data cannot be compressed.
ALTER TABLE {prefix}sessions ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE INDEX {prefix}sessions_subject ON {prefix}sessions (subject) WHERE subject IS NOT NULL;
CREATE INDEX {prefix}sessions_sid ON {prefix}sessions (sid) WHERE sid IS NOT NULL;
CREATE INDEX {prefix}sessions_ends ON {prefix}sessions (ends);

CREATE TABLE {prefix}leases (
    key    bytea       PRIMARY KEY,
    holder bytea       NOT NULL,
    ends   timestamptz NOT NULL
);
CREATE INDEX {prefix}leases_ends ON {prefix}leases (ends);

CREATE TABLE {prefix}claims (
    key  bytea       PRIMARY KEY,
    ends timestamptz NOT NULL
);
CREATE INDEX {prefix}claims_ends ON {prefix}claims (ends);

CREATE TABLE {prefix}marks (
    key   bytea       PRIMARY KEY,
    value bigint      NOT NULL,
    ends  timestamptz NOT NULL
);
CREATE INDEX {prefix}marks_ends ON {prefix}marks (ends);
