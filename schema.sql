-- The schema, as an ordered list of steps. Each step runs once, in a
-- transaction of its own, after a line "-- step N". Steps already released are
-- never edited: a change is a new step.
-- Times are UTC microseconds since 1970. Prices and quantities count 1e-8.

-- step 1
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE "user" (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL,
    username_folded TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL,
    password_is_default INTEGER NOT NULL DEFAULT 0,
    email TEXT NOT NULL DEFAULT '',
    first_name TEXT NOT NULL DEFAULT '',
    last_name TEXT NOT NULL DEFAULT '',
    is_active INTEGER NOT NULL DEFAULT 1,
    is_staff INTEGER NOT NULL DEFAULT 0,
    is_superuser INTEGER NOT NULL DEFAULT 0,
    may_add INTEGER NOT NULL DEFAULT 1,
    may_change INTEGER NOT NULL DEFAULT 1,
    may_delete INTEGER NOT NULL DEFAULT 1,
    last_login BIGINT,
    date_joined BIGINT NOT NULL
);

CREATE TABLE session (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL UNIQUE,
    "user" INTEGER NOT NULL REFERENCES "user" (id),
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created BIGINT NOT NULL,
    last_used BIGINT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX session_user ON session ("user");
CREATE INDEX session_expires ON session (expires);

CREATE TABLE token (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash BLOB NOT NULL UNIQUE,
    "user" INTEGER NOT NULL REFERENCES "user" (id),
    name TEXT NOT NULL,
    created BIGINT NOT NULL,
    last_used BIGINT,
    expires BIGINT NOT NULL
);
CREATE INDEX token_user ON token ("user");
CREATE INDEX token_expires ON token (expires);

-- A ticket stands for the login that asked for it, and ends with it.
CREATE TABLE ticket (
    hash BLOB PRIMARY KEY,
    "user" INTEGER NOT NULL REFERENCES "user" (id),
    session INTEGER,
    token INTEGER,
    expires BIGINT NOT NULL
);
CREATE INDEX ticket_expires ON ticket (expires);

CREATE TABLE throttle (
    key TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    since BIGINT NOT NULL
);
CREATE INDEX throttle_since ON throttle (since);

-- An order bears the id of its first event, so that it is known before the row
-- is written and never used twice.
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    owner INTEGER NOT NULL REFERENCES "user" (id),
    instrument TEXT NOT NULL,
    side TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    price BIGINT NOT NULL,
    status TEXT NOT NULL,
    filled_quantity BIGINT NOT NULL,
    average_price BIGINT,
    client_order_id TEXT,
    version BIGINT NOT NULL,
    position BIGINT NOT NULL,
    all_position BIGINT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);
-- The list, newest first.
CREATE INDEX orders_owner ON orders (owner, id);
-- What changed since a position: of one owner, of all.
CREATE UNIQUE INDEX orders_position ON orders (owner, position);
CREATE UNIQUE INDEX orders_all_position ON orders (all_position);
-- Asking again with the same client_order_id.
CREATE UNIQUE INDEX orders_client_order_id ON orders (owner, client_order_id)
    WHERE client_order_id IS NOT NULL;

CREATE TABLE stream (
    owner INTEGER PRIMARY KEY REFERENCES "user" (id),
    position BIGINT NOT NULL,
    order_count BIGINT NOT NULL
);

-- An id is the newest one and 1; the newest is never purged.
CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    owner INTEGER NOT NULL,
    position BIGINT NOT NULL,
    order_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    actor INTEGER,
    address TEXT NOT NULL,
    time BIGINT NOT NULL,
    body TEXT NOT NULL
);
CREATE UNIQUE INDEX event_position ON event (owner, position);

-- stream: the owner that lost the order, or 0 for the stream of all.
CREATE TABLE tombstone (
    stream INTEGER NOT NULL,
    order_id INTEGER NOT NULL,
    position BIGINT NOT NULL,
    client_order_id TEXT,
    PRIMARY KEY (stream, order_id)
);
CREATE UNIQUE INDEX tombstone_position ON tombstone (stream, position);
CREATE INDEX tombstone_client_order_id ON tombstone (stream, client_order_id)
    WHERE client_order_id IS NOT NULL;

CREATE TABLE control (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    "user" INTEGER NOT NULL,
    kind TEXT NOT NULL,
    which INTEGER,
    time BIGINT NOT NULL
);
CREATE INDEX control_time ON control (time);

-- step 2
-- What a token may be used for, each word with a space behind it; '': all that
-- its user may do.
ALTER TABLE token ADD COLUMN scopes TEXT NOT NULL DEFAULT '';

-- The order's event before this one: with orders.all_position, or that of the
-- tombstone, an order's history is a chain that needs no index.
ALTER TABLE event ADD COLUMN previous INTEGER;
UPDATE event SET previous = chain.previous
FROM (SELECT id, lag(id) OVER (PARTITION BY order_id ORDER BY id) AS previous
      FROM event) AS chain
WHERE chain.id = event.id AND chain.previous IS NOT NULL;

-- Every administrative change that is not an order's. actor, NULL: a command;
-- subject: the user that it was done to. detail: JSON, never a secret.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time BIGINT NOT NULL,
    actor INTEGER REFERENCES "user" (id),
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    subject INTEGER REFERENCES "user" (id),
    detail TEXT NOT NULL
);
CREATE INDEX audit_actor ON audit (actor, id);
CREATE INDEX audit_subject ON audit (subject, id);

-- step 3
-- The most that one order of a user may be: its quantity, and its quantity
-- times its price without sign. NULL: no limit.
ALTER TABLE "user" ADD COLUMN max_quantity BIGINT;
ALTER TABLE "user" ADD COLUMN max_notional BIGINT;

-- 1: staff said that what was final was wrong.
ALTER TABLE event ADD COLUMN is_correction INTEGER;

-- step 4
-- When the password behind a session was last given; 0: not since this step.
ALTER TABLE session ADD COLUMN confirmed BIGINT NOT NULL DEFAULT 0;

-- Iterations behind a password's hash; 0: none that can be verified. What a
-- refused login costs is made equal by the dearest.
ALTER TABLE "user" ADD COLUMN password_work INTEGER NOT NULL DEFAULT 0;
UPDATE "user" SET password_work = CAST(substr(password, 15, 8) AS INTEGER)
WHERE password LIKE 'pbkdf2_sha256$%';
CREATE INDEX user_password_work ON "user" (password_work);

-- The rows of the audit are a chain: each holds the hash (SHA-256, hex) of
-- itself and of the hash before. meta holds where the chain begins, behind what
-- is from before this step or was purged, and where it ends: "ID HASH".
ALTER TABLE audit ADD COLUMN hash TEXT;
INSERT INTO meta (key, value)
SELECT marks.key, (SELECT coalesce(max(id), 0) FROM audit) ||
    ' 0000000000000000000000000000000000000000000000000000000000000000'
FROM (SELECT 'audit_base' AS key UNION ALL SELECT 'audit_head') AS marks;

-- What was refused, by minute since 1970, until the minute is over and it moves
-- to the audit. actor 0: nobody known.
CREATE TABLE refusal (
    minute BIGINT NOT NULL,
    action TEXT NOT NULL,
    address TEXT NOT NULL,
    actor INTEGER NOT NULL,
    times BIGINT NOT NULL,
    PRIMARY KEY (minute, action, address, actor)
);

-- step 5
-- second_factor: since when the user has one; NULL: none.
ALTER TABLE "user" ADD COLUMN second_factor_required INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "user" ADD COLUMN second_factor BIGINT;

-- What its codes are made from, from the moment that it was shown; it counts
-- once "user".second_factor is set. last_step: of the last code that was taken.
-- failures: wrong codes since, and when the last of them came.
CREATE TABLE second_factor (
    "user" INTEGER PRIMARY KEY REFERENCES "user" (id),
    secret BLOB NOT NULL,
    last_step BIGINT NOT NULL,
    failures INTEGER NOT NULL,
    failed BIGINT NOT NULL
);

-- The SHA-256 of each code not used yet.
CREATE TABLE recovery_code (
    "user" INTEGER NOT NULL REFERENCES "user" (id),
    hash BLOB NOT NULL,
    PRIMARY KEY ("user", hash)
);

-- Whose password was right, and who is asked for a code now.
CREATE TABLE pending_login (
    hash BLOB PRIMARY KEY,
    "user" INTEGER NOT NULL REFERENCES "user" (id),
    expires BIGINT NOT NULL
);
CREATE INDEX pending_login_user ON pending_login ("user");
CREATE INDEX pending_login_expires ON pending_login (expires);

-- step 6
-- Who may feed market data, and whose is seen: symbols and prefixes ("EDF*"),
-- with commas between them.
ALTER TABLE "user" ADD COLUMN may_feed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "user" ADD COLUMN market_symbols TEXT NOT NULL DEFAULT '*';

-- step 7
-- What staff say of instruments; an order may name one that is not here. tick,
-- lot 0: any price, any quantity. currency '': not said. strict: what breaks
-- tick or lot is refused, and new orders while it is not active. What is folded
-- is what searches and sorting go by.
CREATE TABLE instrument (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    symbol TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    symbol_folded TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    currency_folded TEXT NOT NULL,
    tick BIGINT NOT NULL,
    lot BIGINT NOT NULL,
    multiplier BIGINT NOT NULL,
    active INTEGER NOT NULL,
    strict INTEGER NOT NULL,
    version BIGINT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL
);

-- What users keep of how their pages look. kind: 'layout', each with a name, or
-- 'settings', with none. "user" 0: what is shared, which staff keep. body: JSON.
-- A version is the time of its change, so that one that was removed and made
-- again never has one that it had.
CREATE TABLE kept (
    "user" BIGINT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    version BIGINT NOT NULL,
    created BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    PRIMARY KEY ("user", kind, name)
);

-- step 8
-- What an update changed: {"price":["1","2"]}. NULL: from before this step, or
-- not an update.
ALTER TABLE event ADD COLUMN changed TEXT;

-- step 9
-- The newest event that was ever deleted since it was old: all behind it are
-- there, of those before it the newest of each order and of each stream.
INSERT INTO meta (key, value)
SELECT 'event_purged', CAST(coalesce(max(a.id) - 1, 0) AS TEXT)
FROM event a WHERE a.id > 1
    AND NOT EXISTS (SELECT 1 FROM event b WHERE b.id = a.id - 1);

-- step 10
-- The machines whose daemons serve this database, where there may be several:
-- each writes its own row every few seconds. Times are of the database; rates
-- are thousandths a second.
CREATE TABLE machine (
    name TEXT PRIMARY KEY,
    version TEXT NOT NULL,
    started BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    workers BIGINT NOT NULL,
    sockets BIGINT NOT NULL,
    requests BIGINT NOT NULL,
    events BIGINT NOT NULL,
    writes BIGINT NOT NULL
);

-- step 11
-- What its daemon was told of Redis, as a digest: those of one database should
-- be the same. NULL: of a release that does not say.
ALTER TABLE machine ADD COLUMN redis TEXT;
