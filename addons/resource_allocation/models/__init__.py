from . import (
    resource_resource,
    resource_resource_availability,
    resource_resource_screens,
    resource_allocation,
    resource_allocation_asking,
    resource_allocation_life,
    resource_allocation_time,
    resource_allocation_screens,
    resource_bookable_mixin,
    res_company,
    res_config_settings,
)
