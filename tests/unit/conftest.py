"""Unit tests need no database; pure parts of addons are imported from odoo.addons."""

import odoo.modules
import odoo.tools

# Reads the settings file that ODOO_RC names: where the addons are.
odoo.tools.config.parse_config([])
odoo.modules.initialize_sys_path()
