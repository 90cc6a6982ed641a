-- What the guards leave behind when the ledger is uninstalled; its own table goes
-- with its model.
DROP FUNCTION IF EXISTS resource_allocation_sync_gate() CASCADE;
DROP FUNCTION IF EXISTS resource_allocation_check() CASCADE;
DROP FUNCTION IF EXISTS resource_allocation_enter() CASCADE;
DROP FUNCTION IF EXISTS resource_allocation_given(integer, integer, integer);
DROP FUNCTION IF EXISTS resource_allocation_bump(integer, boolean);
DROP FUNCTION IF EXISTS resource_allocation_peaks(
    integer[], timestamp, timestamp, timestamp, integer[]);
DROP FUNCTION IF EXISTS resource_allocation_free(
    integer[], timestamp, timestamp, integer, integer, timestamp, integer[],
    text[], timestamp[], timestamp[]);
DROP FUNCTION IF EXISTS resource_allocation_parts(integer[], integer, integer);
DROP FUNCTION IF EXISTS resource_allocation_claims(
    integer[], timestamp, timestamp, timestamp);
DROP FUNCTION IF EXISTS resource_allocation_now();
DROP TABLE IF EXISTS resource_allocation_pulse;
DROP TABLE IF EXISTS resource_allocation_gate;
