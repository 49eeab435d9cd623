CREATE TABLE {prefix}sessions (
    key     BLOB    PRIMARY KEY NOT NULL,       -- SHA-256 of the session id
    state   INTEGER NOT NULL,                   -- 0: session, 1: tombstone of a session, 2: tombstone alone
    version INTEGER,                            -- unsigned 64 bits; compared for equality alone
    sealed  BLOB,                               -- the encrypted session
    subject BLOB,                               -- SHA-256
    sid     BLOB,                               -- SHA-256
    ends    INTEGER NOT NULL                    -- milliseconds since 1970
) STRICT;
CREATE INDEX {prefix}sessions_subject ON {prefix}sessions (subject) WHERE subject IS NOT NULL;
CREATE INDEX {prefix}sessions_sid ON {prefix}sessions (sid) WHERE sid IS NOT NULL;
CREATE INDEX {prefix}sessions_ends ON {prefix}sessions (ends);

CREATE TABLE {prefix}leases (
    key    BLOB    PRIMARY KEY NOT NULL,
    holder BLOB    NOT NULL,
    ends   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX {prefix}leases_ends ON {prefix}leases (ends);

CREATE TABLE {prefix}claims (
    key  BLOB    PRIMARY KEY NOT NULL,
    ends INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX {prefix}claims_ends ON {prefix}claims (ends);

CREATE TABLE {prefix}marks (
    key   BLOB    PRIMARY KEY NOT NULL,
    value INTEGER NOT NULL,
    ends  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX {prefix}marks_ends ON {prefix}marks (ends);
