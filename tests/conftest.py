"""What all our own tests need: Odoo and our addons importable.

The gate starts pytest in the right environment already; by hand, it is made here.
"""

import os
import sys

if "ODOO_RC" not in os.environ:
    from environment import environment

    os.environ.update(environment())
    sys.path.append(os.environ["PYTHONPATH"])

import odoo.modules  # noqa: E402
import odoo.tools  # noqa: E402

# Reads the settings file that ODOO_RC names: where the addons are.
odoo.tools.config.parse_config([], setup_logging=False)
odoo.modules.initialize_sys_path()
