from . import (
    resource_resource,
    resource_availability,
    resource_allocation,
    resource_allocation_book,
    resource_allocation_verdict,
    resource_allocation_lifecycle,
    resource_allocation_change,
    resource_allocation_risk,
    resource_allocation_jobs,
    resource_bookable_mixin,
    res_company,
    res_config_settings,
)
