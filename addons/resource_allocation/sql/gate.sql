-- What the guards need to know of a resource. Kept apart from resource_resource, so
-- that renaming a room never collides with booking it.
CREATE TABLE IF NOT EXISTS resource_allocation_gate (
    resource_id integer PRIMARY KEY REFERENCES resource_resource ON DELETE CASCADE,
    exclusive boolean NOT NULL,
    returnable boolean NOT NULL,
    capacity integer NOT NULL CHECK (capacity >= 0)
);

-- Where transactions that could overlook each other collide: whoever changes a row
-- here that was changed since its snapshot is made to retry. A pool has one stripe, so
-- all its promises collide. Of single things promises are told apart by the exclusion
-- constraint, so each moves one stripe only and rarely meets another; a fact moves them
-- all, so that either it sees the promise or the promise sees it.
CREATE TABLE IF NOT EXISTS resource_allocation_pulse (
    resource_id integer REFERENCES resource_resource ON DELETE CASCADE,
    stripe integer,
    moved_by bigint NOT NULL,
    moved_at timestamptz NOT NULL,
    PRIMARY KEY (resource_id, stripe)
) WITH (fillfactor = 50);

-- A lock alone would not do: under REPEATABLE READ it does not refresh the snapshot.
-- Once per transaction, which its number and its start name together: numbers alone
-- begin anew where a dump is restored.
CREATE OR REPLACE FUNCTION resource_allocation_bump(resource integer, fact boolean)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO resource_allocation_pulse AS pulse
    SELECT resource, stripe, txid_current(), now()
      FROM resource_allocation_gate gate,
           generate_series(
               CASE WHEN gate.exclusive AND NOT fact THEN pg_backend_pid() % 32
                    ELSE 0 END,
               CASE WHEN gate.exclusive AND NOT fact THEN pg_backend_pid() % 32
                    WHEN gate.exclusive THEN 31
                    ELSE 0 END) stripe
     WHERE gate.resource_id = resource
    ON CONFLICT (resource_id, stripe) DO UPDATE
       SET moved_by = EXCLUDED.moved_by, moved_at = EXCLUDED.moved_at
     WHERE (pulse.moved_by, pulse.moved_at)
           IS DISTINCT FROM (EXCLUDED.moved_by, EXCLUDED.moved_at)
$$;

INSERT INTO resource_allocation_gate (resource_id, exclusive, returnable, capacity)
SELECT id, exclusive, release = 'return', capacity FROM resource_resource
ON CONFLICT (resource_id) DO NOTHING;

-- The kind of a thing that was ever promised is fixed; its capacity is a fact that
-- is always accepted (the ledger marks what no longer fits). Both are facts that a
-- promise must see.
CREATE OR REPLACE FUNCTION resource_allocation_sync_gate() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM pg_advisory_xact_lock(7919, NEW.id);
        IF (NEW.exclusive, NEW.release) IS DISTINCT FROM (OLD.exclusive, OLD.release)
           AND EXISTS (SELECT FROM resource_allocation WHERE resource_id = NEW.id) THEN
            RAISE EXCEPTION 'resource % has allocations', NEW.id USING
                ERRCODE = '23514', TABLE = 'resource_resource',
                CONSTRAINT = 'resource_resource_kind_fixed';
        END IF;
    END IF;
    INSERT INTO resource_allocation_gate AS gate
        (resource_id, exclusive, returnable, capacity)
    VALUES
        (NEW.id, NEW.exclusive, NEW.release = 'return', NEW.capacity)
    ON CONFLICT (resource_id) DO UPDATE SET
        exclusive = EXCLUDED.exclusive, returnable = EXCLUDED.returnable,
        capacity = EXCLUDED.capacity;
    IF TG_OP = 'UPDATE' THEN
        PERFORM resource_allocation_bump(NEW.id, true);
    END IF;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS resource_allocation_sync_gate ON resource_resource;
CREATE TRIGGER resource_allocation_sync_gate
AFTER INSERT OR UPDATE OF exclusive, release, capacity ON resource_resource
FOR EACH ROW EXECUTE FUNCTION resource_allocation_sync_gate();
