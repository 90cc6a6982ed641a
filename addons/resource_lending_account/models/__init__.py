from . import (
    account_move,
    account_move_line,
    lending_asset,
    lending_card,
    lending_category,
)
