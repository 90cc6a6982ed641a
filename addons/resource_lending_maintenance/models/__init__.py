from . import lending_asset, maintenance_equipment, maintenance_request
