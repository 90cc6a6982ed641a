-- One row per resource: its kind, its capacity and the transaction that last
-- changed anything a concurrent promise could have overlooked. Kept apart from
-- resource_resource, so that renaming a room never collides with booking it.
CREATE TABLE IF NOT EXISTS resource_allocation_gate (
    resource_id integer PRIMARY KEY REFERENCES resource_resource ON DELETE CASCADE,
    exclusive boolean NOT NULL,
    returnable boolean NOT NULL,
    capacity integer NOT NULL CHECK (capacity >= 0),
    moved_by bigint,
    moved_at timestamptz
) WITH (fillfactor = 50);

INSERT INTO resource_allocation_gate (resource_id, exclusive, returnable, capacity)
SELECT id, exclusive, release = 'return', capacity FROM resource_resource
ON CONFLICT (resource_id) DO NOTHING;

-- The kind of a thing that was ever promised is fixed; its capacity is a fact that
-- is always accepted (the ledger marks what no longer fits). Both move the gate, so a
-- promise that still saw the old values is retried by the server.
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
        (resource_id, exclusive, returnable, capacity, moved_by, moved_at)
    VALUES
        (NEW.id, NEW.exclusive, NEW.release = 'return', NEW.capacity,
         txid_current(), now())
    ON CONFLICT (resource_id) DO UPDATE SET
        exclusive = EXCLUDED.exclusive, returnable = EXCLUDED.returnable,
        capacity = EXCLUDED.capacity,
        moved_by = EXCLUDED.moved_by, moved_at = EXCLUDED.moved_at;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS resource_allocation_sync_gate ON resource_resource;
CREATE TRIGGER resource_allocation_sync_gate
AFTER INSERT OR UPDATE OF exclusive, release, capacity ON resource_resource
FOR EACH ROW EXECUTE FUNCTION resource_allocation_sync_gate();
