from . import (
    test_availability,
    test_example,
    test_form,
    test_lines,
    test_lines_booked_along,
    test_lines_hidden,
    test_lives,
    test_past,
    test_reservation,
    test_screens,
    test_service_matrix,
    test_service_options,
)
