-- One schema for SQLite and PostgreSQL: text and 64-bit integers only. Times are milliseconds since 1970,
-- keys and hashes are Base64, JSON is text. What is secret here is sealed under a key that is not.

CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE organisations (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    policy     TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE users (
    id              TEXT   NOT NULL PRIMARY KEY,
    organisation_id TEXT   NOT NULL REFERENCES organisations (id),
    account_id      TEXT   NOT NULL UNIQUE,
    user_name       TEXT   NOT NULL UNIQUE, -- in lower case
    display_name    TEXT   NOT NULL,
    email           TEXT,
    language        TEXT   NOT NULL, -- en, sv, nb: what mails are written in
    role            TEXT   NOT NULL,
    password        TEXT   NOT NULL, -- PHC string
    default_method  TEXT,
    prompts         TEXT   NOT NULL, -- approval::Prompts
    code_tries      TEXT   NOT NULL, -- approval::Tries
    last_numbers    TEXT   NOT NULL, -- sealed
    high_risk_at    BIGINT,
    push_suspended_at BIGINT,
    disabled_at     BIGINT,
    created_at      BIGINT NOT NULL,
    revision        BIGINT NOT NULL DEFAULT 0
);

-- Apps and codes. What was deleted stays, with its state, as the record of what was ever bound.
CREATE TABLE authenticators (
    id           TEXT   NOT NULL PRIMARY KEY, -- dev_… for the app
    user_id      TEXT   NOT NULL REFERENCES users (id),
    kind         TEXT   NOT NULL, -- app, code
    state        TEXT   NOT NULL, -- approval::DeviceState
    name         TEXT   NOT NULL,
    seed         TEXT,            -- sealed; none if the policy has no codes
    last_step    BIGINT NOT NULL DEFAULT -1,
    pop_jkt      TEXT UNIQUE,
    pop_jwk      TEXT,
    uv_jwk       TEXT,
    about        TEXT,            -- approval::wire::DeviceAbout
    push         TEXT,            -- approval::wire::PushSubscription
    attestation  TEXT,            -- no, unverified, hardware
    seen_from    TEXT,            -- the address of its last call
    offered_to   TEXT,            -- the session that adds another app, until its first code
    added_by     TEXT   NOT NULL, -- how the person had signed in
    added_at     BIGINT NOT NULL,
    confirmed_at BIGINT,
    used_at      BIGINT,
    rotated_at   BIGINT,
    ended_at     BIGINT
);
CREATE INDEX authenticators_of_user ON authenticators (user_id, state);

CREATE TABLE sessions (
    id          TEXT   NOT NULL PRIMARY KEY, -- hash of the cookie
    user_id     TEXT REFERENCES users (id),
    stage       TEXT   NOT NULL,
    typed_name  TEXT,
    app         TEXT,            -- the application it is for; none for the service's own pages
    next        TEXT,            -- the page of this service to go on to
    code_tries  BIGINT NOT NULL DEFAULT 0,
    methods     TEXT   NOT NULL DEFAULT '', -- RFC 8176 names, separated by spaces
    strong_at   BIGINT,          -- when the person was last verified with two factors
    stay        BIGINT NOT NULL DEFAULT 0,
    ip          TEXT,
    client      TEXT,
    created_at  BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL,
    ends_at     BIGINT NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (ends_at);

-- Browsers in which a person has signed in before.
CREATE TABLE browsers (
    id      TEXT   NOT NULL, -- hash of the cookie
    user_id TEXT   NOT NULL REFERENCES users (id),
    client  TEXT,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (id, user_id)
);

CREATE TABLE activations (
    id               TEXT   NOT NULL PRIMARY KEY,
    user_id          TEXT   NOT NULL REFERENCES users (id),
    session_id       TEXT   NOT NULL,
    code             TEXT   NOT NULL UNIQUE, -- hash
    handle           TEXT   NOT NULL UNIQUE, -- hash
    manual_code      TEXT   NOT NULL,        -- hash
    manual_tries     BIGINT NOT NULL DEFAULT 0,
    state            TEXT   NOT NULL, -- open, claimed, completed, confirmed, cancelled, claimed_twice
    challenge        TEXT   NOT NULL, -- what the keys' attestation contains
    bound_jkt        TEXT,            -- of a grant: only this key may complete it
    authenticator_id TEXT,
    transaction_id   TEXT,            -- its test approval
    added_by         TEXT   NOT NULL,
    created_at       BIGINT NOT NULL,
    expires_at       BIGINT NOT NULL
);
CREATE INDEX activations_of_user ON activations (user_id);

-- Adding by signing in: what an app asked for and a person confirms on a page.
CREATE TABLE grants (
    id         TEXT   NOT NULL PRIMARY KEY,
    user_code  TEXT   NOT NULL UNIQUE, -- hash
    jkt        TEXT   NOT NULL,
    about      TEXT   NOT NULL,
    state      TEXT   NOT NULL, -- pending, confirmed, denied, granted
    user_id    TEXT REFERENCES users (id),
    session_id TEXT,
    added_by   TEXT,
    activation_id TEXT,           -- what it led to
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Requests to a phone: the protocol's transactions.
CREATE TABLE requests (
    id          TEXT   NOT NULL PRIMARY KEY,
    user_id     TEXT   NOT NULL REFERENCES users (id),
    session_id  TEXT   NOT NULL,
    purpose     TEXT   NOT NULL,
    state       TEXT   NOT NULL, -- approval::TransactionState
    secrets     TEXT   NOT NULL, -- the number and what a scan transfers, sealed
    match_len   BIGINT NOT NULL,
    uv          TEXT   NOT NULL,
    context     TEXT   NOT NULL, -- approval::Context
    from_known  BIGINT NOT NULL, -- 1 from a browser the person has signed in with
    only_device TEXT,            -- for an activation: the device that is activated
    answered_by TEXT,
    reason      TEXT,            -- why the person said no; with what they said yes
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    ended_at    BIGINT
);
CREATE INDEX requests_of_user ON requests (user_id, state);
CREATE INDEX requests_by_end ON requests (expires_at);

-- A request as it was signed for one device, so that an answer is about what was shown.
CREATE TABLE challenges (
    request_id TEXT NOT NULL REFERENCES requests (id) ON DELETE CASCADE,
    device_id  TEXT NOT NULL,
    jws        TEXT NOT NULL,
    PRIMARY KEY (request_id, device_id)
);

CREATE TABLE passes (
    user_id   TEXT   NOT NULL PRIMARY KEY REFERENCES users (id),
    hash      TEXT   NOT NULL, -- PHC string
    tries     BIGINT NOT NULL DEFAULT 0,
    once      BIGINT NOT NULL,
    state     TEXT   NOT NULL, -- open, used, revoked
    starts_at BIGINT NOT NULL,
    ends_at   BIGINT NOT NULL,
    issued_by TEXT   NOT NULL,
    issued_at BIGINT NOT NULL
);

-- Proofs that were seen, so that none is taken twice, and how often a device called.
CREATE TABLE proofs (
    id      TEXT   NOT NULL PRIMARY KEY, -- hash of key and jti
    jkt     TEXT   NOT NULL,
    seen_at BIGINT NOT NULL
);
CREATE INDEX proofs_by_key ON proofs (jkt, seen_at);
CREATE INDEX proofs_by_time ON proofs (seen_at);

-- Tries of what can be guessed, by what they are counted for (an address, a name).
CREATE TABLE tries (
    name    TEXT   NOT NULL PRIMARY KEY, -- hash
    tries   TEXT   NOT NULL, -- approval::Tries
    ends_at BIGINT NOT NULL
);

CREATE TABLE events (
    id              TEXT   NOT NULL PRIMARY KEY,
    at              BIGINT NOT NULL,
    organisation_id TEXT   NOT NULL,
    user_id         TEXT,
    actor           TEXT   NOT NULL, -- a user's id, cli, system
    event           TEXT   NOT NULL,
    result          TEXT   NOT NULL,
    app             TEXT,
    place           TEXT,
    ip              TEXT,
    client          TEXT,
    method          TEXT,
    subject         TEXT,            -- the request or authenticator it is about
    reported_at     BIGINT
);
CREATE INDEX events_of_user ON events (user_id, at);
CREATE INDEX events_by_time ON events (organisation_id, at);

-- Mail that waits to be sent; in a demonstration it is kept to be looked at.
CREATE TABLE mails (
    id         TEXT   NOT NULL PRIMARY KEY,
    recipient  TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    tries      BIGINT NOT NULL DEFAULT 0,
    due_at     BIGINT NOT NULL,
    sent_at    BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX mails_due ON mails (sent_at, due_at);
