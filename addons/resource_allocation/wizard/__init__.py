from . import (
    resource_allocation_take_back,
    resource_allocation_reason,
    resource_allocation_change,
    resource_allocation_split,
    resource_allocation_expect_back,
    resource_allocation_relocate,
    resource_holiday_import,
    resource_basket_mixin,
    resource_board_print,
)
