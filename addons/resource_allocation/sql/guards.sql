-- The ledger's clock: the instant the running method works with, else the
-- transaction's start. One clock keeps Python's checks and these guards agreed.
CREATE OR REPLACE FUNCTION resource_allocation_now() RETURNS timestamp
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        nullif(current_setting('resource_allocation.now', true), '')::timestamp,
        now() AT TIME ZONE 'utc')
$$;

-- THE predicate: what occupies these resources within [since, until), at `clock`.
-- A hold that lapsed counts for nothing; a thing that is out and late occupies
-- beyond its plan until it is expected back, at least until now. What came back, or
-- ended, occupies until it is ready for the next. Flags are asked for as Odoo does, so
-- that one index serves both.
CREATE OR REPLACE FUNCTION resource_allocation_claims(
    resources integer[], since timestamp, until timestamp, clock timestamp)
RETURNS TABLE (id integer, root integer, resource_id integer,
               start timestamp, stop timestamp, weight integer)
LANGUAGE sql STABLE AS $$
    SELECT a.id, coalesce(a.root_id, a.id), a.resource_id,
           a.blocked_start, a.blocked_stop,
           CASE a.kind WHEN 'supply' THEN -a.quantity ELSE a.quantity END
      FROM resource_allocation a
     WHERE a.resource_id = ANY(resources) AND a.live IS TRUE
       AND a.blocked_stop > since AND a.blocked_start < until
       AND a.kind <> 'group'
       AND NOT (a.state = 'hold' AND a.hold_until <= clock)
    UNION ALL
    SELECT a.id, coalesce(a.root_id, a.id), a.resource_id,
           a.blocked_stop, greatest(a.expected_back, clock), a.quantity
      FROM resource_allocation a
     WHERE a.resource_id = ANY(resources) AND a.live IS TRUE
       AND a.state = 'out' AND a.returnable IS TRUE AND a.kind = 'demand'
       AND a.blocked_stop < greatest(a.expected_back, clock)
       AND a.blocked_stop < until AND greatest(a.expected_back, clock) > since
    UNION ALL
    SELECT a.id, coalesce(a.root_id, a.id), a.resource_id,
           a.actual_stop, a.ready_at, a.quantity
      FROM resource_allocation a
     WHERE a.resource_id = ANY(resources) AND a.ready_at > greatest(since, clock)
       AND a.actual_stop < until AND a.kind = 'demand'
$$;

-- The highest load of each resource at any instant of [since, until). Rows at one
-- instant are peers of the window, so half-open edges need no ordering of their own.
CREATE OR REPLACE FUNCTION resource_allocation_peaks(
    resources integer[], since timestamp, until timestamp, clock timestamp,
    without integer[] DEFAULT '{}')
RETURNS TABLE (resource_id integer, peak bigint)
LANGUAGE sql STABLE AS $$
    WITH claims AS MATERIALIZED (
        SELECT c.* FROM resource_allocation_claims(resources, since, until, clock) c
         WHERE NOT (c.root = ANY(without))
    ), events AS (
        SELECT r.id AS resource_id, since AS at, 0 AS weight FROM unnest(resources) r(id)
        UNION ALL
        SELECT c.resource_id, greatest(c.start, since), c.weight FROM claims c
        UNION ALL
        SELECT c.resource_id, c.stop, -c.weight FROM claims c WHERE c.stop < until
    ), loads AS (
        SELECT e.resource_id,
               sum(e.weight) OVER (PARTITION BY e.resource_id ORDER BY e.at) AS load
          FROM events e
    )
    SELECT l.resource_id, max(l.load) FROM loads l GROUP BY l.resource_id
$$;

-- What promising one of each takes: itself and its pool, or the same of the atoms of a
-- combination; with the minutes blocked before and after, and the zone in which it takes
-- whole days, if it does, and how many pieces there are of it. Minutes that are asked for,
-- or else its own, count for all of it; an atom keeps its own where they are longer. To
-- plan it takes longer than to run it, so a session keeps the plan: hence PL/pgSQL.
DROP FUNCTION IF EXISTS resource_allocation_parts(integer[], integer, integer);
CREATE FUNCTION resource_allocation_parts(
    resources integer[], setup integer, teardown integer)
RETURNS TABLE (resource_id integer, leaf_id integer, before integer, after integer,
               days_in varchar, is_unit boolean, has_units boolean, pieces integer)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN RETURN QUERY
    WITH RECURSIVE parts AS (
        SELECT r.id AS resource_id, r.id AS part_id, r.pool_id, r.exclusive, r.tz,
               CASE WHEN r.active THEN r.capacity ELSE 0 END AS pieces,
               coalesce(setup, r.setup_minutes, 0) AS before,
               coalesce(teardown, r.teardown_minutes, 0) AS after,
               NULL::integer AS own_before, NULL::integer AS own_after,
               r.reach = 'day' AS by_day, NULL::boolean AS own_by_day
          FROM resource_resource r WHERE r.id = ANY(resources)
        UNION
        SELECT p.resource_id, c.id, c.pool_id, c.exclusive, c.tz, c.capacity,
               p.before, p.after, coalesce(c.setup_minutes, 0),
               coalesce(c.teardown_minutes, 0), p.by_day, c.reach = 'day'
          FROM parts p
          JOIN resource_component_rel rel ON rel.composite_id = p.part_id
          JOIN resource_resource c ON c.id = rel.component_id AND c.active
    ), atoms AS MATERIALIZED (
        SELECT p.* FROM parts p WHERE NOT EXISTS (
            SELECT FROM resource_component_rel rel
              JOIN resource_resource c ON c.id = rel.component_id AND c.active
             WHERE rel.composite_id = p.part_id)
    ), leaves AS (
        SELECT a.resource_id, a.part_id AS leaf_id, a.tz, a.before, a.after,
               a.own_before, a.own_after, a.by_day, a.own_by_day,
               a.pool_id IS NOT NULL AS is_unit, a.exclusive, a.pieces
          FROM atoms a
        UNION ALL
        SELECT DISTINCT a.resource_id, pool.id, pool.tz, a.before, a.after,
               CASE WHEN a.own_before IS NOT NULL THEN pool.setup_minutes END,
               CASE WHEN a.own_after IS NOT NULL THEN pool.teardown_minutes END,
               a.by_day, a.own_by_day IS NOT NULL AND pool.reach = 'day',
               false, pool.exclusive,
               CASE WHEN pool.active THEN pool.capacity ELSE 0 END
          FROM atoms a JOIN resource_resource pool ON pool.id = a.pool_id
         WHERE a.pool_id IS NOT NULL
    )
    SELECT l.resource_id, l.leaf_id, greatest(l.before, l.own_before),
           greatest(l.after, l.own_after),
           CASE WHEN l.by_day OR l.own_by_day THEN l.tz END, l.is_unit,
           NOT l.exclusive AND l.leaf_id IN (
               SELECT u.pool_id FROM resource_resource u
                WHERE u.pool_id IS NOT NULL AND u.active),
           l.pieces
      FROM leaves l;
END $$;

-- How many are free of each part of these during the whole of [since, until), what takes
-- the same before and after swept together. Of what takes whole days the caller tells the
-- midnights of each zone, or is told NULL: an hour that is there twice PostgreSQL reads
-- otherwise than Python. Here too the plan is kept, whatever it is asked for: parts are
-- events of weight zero, so that there is no join of which it would have to know the size.
CREATE OR REPLACE FUNCTION resource_allocation_free(
    resources integer[], since timestamp, until timestamp, setup integer,
    teardown integer, clock timestamp, without integer[],
    zones text[], dawns timestamp[], dusks timestamp[])
RETURNS TABLE (resource_id integer, leaf_id integer, before integer, after integer,
               days_in varchar, is_unit boolean, has_units boolean, free bigint)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    alike record;
    first timestamp;
    last timestamp;
BEGIN
    FOR alike IN
        SELECT p.before, p.after, p.days_in, array_position(zones, p.days_in::text) AS day,
               array_agg(p.resource_id) AS resources, array_agg(p.leaf_id) AS leaves,
               array_agg(p.is_unit) AS units, array_agg(p.has_units) AS pools,
               array_agg(p.pieces) AS pieces
          FROM resource_allocation_parts(resources, setup, teardown) p
         GROUP BY p.before, p.after, p.days_in
    LOOP
        first := since - alike.before * interval '1 minute';
        last := until + alike.after * interval '1 minute';
        IF alike.days_in IS NOT NULL THEN
            first := dawns[alike.day];
            last := dusks[alike.day];
        END IF;
        RETURN QUERY
        WITH claims AS MATERIALIZED (
            SELECT c.*
              FROM resource_allocation_claims(alike.leaves, first, last, clock) c
             WHERE NOT (c.root = ANY(without))
        ), events AS (
            SELECT p.leaf, p.place, first AS at, 0 AS weight
              FROM unnest(alike.leaves) WITH ORDINALITY p(leaf, place)
            UNION ALL
            SELECT c.resource_id, NULL, greatest(c.start, first), c.weight FROM claims c
            UNION ALL
            SELECT c.resource_id, NULL, c.stop, -c.weight FROM claims c
             WHERE c.stop < last
        ), loads AS (
            SELECT e.leaf, e.place,
                   sum(e.weight) OVER (PARTITION BY e.leaf ORDER BY e.at) AS load
              FROM events e
        ), peaks AS (
            SELECT l.leaf, l.place, max(l.load) OVER (PARTITION BY l.leaf) AS peak
              FROM loads l
        )
        SELECT alike.resources[p.place], p.leaf, alike.before, alike.after,
               alike.days_in, alike.units[p.place], alike.pools[p.place],
               CASE WHEN first IS NOT NULL
                    THEN greatest(alike.pieces[p.place] - p.peak, 0) END
          FROM peaks p WHERE p.place IS NOT NULL;
    END LOOP;
END $$;

-- Before a row is written: wait for others at the same resource, and copy the kind
-- of the thing, so that no writer can mistake a single thing for a pool.
CREATE OR REPLACE FUNCTION resource_allocation_enter() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.live AND NEW.kind <> 'group' AND (TG_OP = 'INSERT'
       OR (NEW.resource_id, NEW.blocked_start, NEW.blocked_stop, NEW.quantity, NEW.live)
          IS DISTINCT FROM
          (OLD.resource_id, OLD.blocked_start, OLD.blocked_stop, OLD.quantity, OLD.live))
    THEN
        PERFORM pg_advisory_xact_lock(7919, NEW.resource_id);
    END IF;
    SELECT gate.exclusive AND NEW.kind = 'demand', gate.returnable
      INTO STRICT NEW.exclusive, NEW.returnable
      FROM resource_allocation_gate gate WHERE gate.resource_id = NEW.resource_id;
    RETURN NEW;
END $$;

-- What a promise gave up in this transaction for those split off from it, in pieces:
-- adds ``more`` and tells the sum. A setting keeps it, which ends with the transaction.
CREATE OR REPLACE FUNCTION resource_allocation_given(
    root integer, resource integer, more integer)
RETURNS integer LANGUAGE sql AS $$
    SELECT set_config(name, (coalesce(nullif(current_setting(name, true), ''), '0')
                             ::integer + more)::text, true)::integer
      FROM (SELECT format('resource_allocation.given_%s_%s', root, resource)) one(name)
$$;

-- After a row is written: a fact moves the gate and is accepted; a promise is
-- checked over whatever it claims beyond what it already had.
CREATE OR REPLACE FUNCTION resource_allocation_check() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    clock timestamp := resource_allocation_now();
    kept_start timestamp := NEW.blocked_stop;
    kept_stop timestamp := NEW.blocked_stop;
    has_capacity integer;
    needs bigint;
    part record;
BEGIN
    IF NEW.kind IN ('block', 'supply') THEN
        PERFORM resource_allocation_bump(NEW.resource_id, true);
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.ready_at IS DISTINCT FROM OLD.ready_at THEN
        -- A fact: what came back takes its teardown from now on.
        PERFORM resource_allocation_bump(NEW.resource_id, true);
    END IF;
    IF NEW.kind = 'group' OR NOT NEW.live
       OR (NEW.state = 'hold' AND NEW.hold_until <= clock) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' AND NEW.at_risk AND NEW.parent_id IS NOT NULL
       AND NOT NEW.exclusive
       AND resource_allocation_given(NEW.parent_id, NEW.resource_id, -NEW.quantity) >= 0
       AND EXISTS (SELECT FROM resource_allocation parent
                    WHERE coalesce(parent.root_id, parent.id) = NEW.parent_id
                      AND parent.resource_id = NEW.resource_id AND parent.live
                      AND parent.blocked_start <= NEW.blocked_start
                      AND parent.blocked_stop >= NEW.blocked_stop) THEN
        -- Split off from a row that just gave up as much: the sum stays what it was,
        -- which in a pool that became too small is more than it has. The ledger then
        -- finds out which of them is at risk.
        PERFORM resource_allocation_bump(NEW.resource_id, true);
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.live AND OLD.resource_id = NEW.resource_id
       AND OLD.quantity > NEW.quantity THEN
        PERFORM resource_allocation_given(coalesce(NEW.root_id, NEW.id),
            NEW.resource_id, OLD.quantity - NEW.quantity);
    END IF;
    IF TG_OP = 'UPDATE' THEN
        -- A row at risk leaves the exclusion constraint, so a promise that does not
        -- see it yet must not pass.
        IF (NEW.expected_back, NEW.at_risk)
           IS DISTINCT FROM (OLD.expected_back, OLD.at_risk) THEN
            PERFORM resource_allocation_bump(NEW.resource_id, true);
        END IF;
        IF OLD.live AND OLD.kind = 'demand' AND OLD.resource_id = NEW.resource_id
           AND OLD.quantity >= NEW.quantity
           AND NOT (OLD.state = 'hold' AND OLD.hold_until <= clock) THEN
            kept_start := OLD.blocked_start;
            kept_stop := OLD.blocked_stop;
            IF OLD.state = 'out' AND OLD.returnable THEN
                kept_stop := greatest(kept_stop, OLD.expected_back, clock);
            END IF;
        END IF;
    END IF;
    FOR part IN
        SELECT * FROM (VALUES
            (NEW.blocked_start, least(NEW.blocked_stop, kept_start)),
            (greatest(NEW.blocked_start, kept_stop), NEW.blocked_stop)
        ) AS added (since, until) WHERE since < until
    LOOP
        IF NEW.exclusive AND NEW.at_risk THEN
            -- The exclusion constraint does not see it, so nothing would guard it.
            RAISE EXCEPTION 'allocation % is at risk and cannot grow', NEW.id
                USING ERRCODE = '23514', TABLE = 'resource_allocation',
                CONSTRAINT = 'resource_allocation_capacity';
        END IF;
        PERFORM resource_allocation_bump(NEW.resource_id, false);
        SELECT capacity INTO STRICT has_capacity FROM resource_allocation_gate
         WHERE resource_id = NEW.resource_id;
        SELECT peak INTO needs FROM resource_allocation_peaks(
            ARRAY[NEW.resource_id], part.since, part.until, clock);
        IF needs > has_capacity THEN
            RAISE EXCEPTION 'resource % would need %, has %',
                NEW.resource_id, needs, has_capacity
                USING ERRCODE = '23514', TABLE = 'resource_allocation',
                CONSTRAINT = 'resource_allocation_capacity';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS resource_allocation_enter ON resource_allocation;
CREATE TRIGGER resource_allocation_enter
BEFORE INSERT OR UPDATE OF resource_id, blocked_start, blocked_stop, quantity, kind,
    state, live, hold_until, expected_back, ready_at, at_risk, exclusive, returnable
ON resource_allocation
FOR EACH ROW EXECUTE FUNCTION resource_allocation_enter();

DROP TRIGGER IF EXISTS resource_allocation_check ON resource_allocation;
CREATE CONSTRAINT TRIGGER resource_allocation_check
AFTER INSERT OR UPDATE OF resource_id, blocked_start, blocked_stop, quantity, kind,
    state, live, hold_until, expected_back, ready_at, at_risk, exclusive, returnable
ON resource_allocation
DEFERRABLE INITIALLY IMMEDIATE
FOR EACH ROW EXECUTE FUNCTION resource_allocation_check();
