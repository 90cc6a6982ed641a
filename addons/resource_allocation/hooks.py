from odoo.tools import file_open


def post_init_hook(env):
    """Refuse the installation where the database did not take the guards."""
    env["resource.allocation"]._check_guards()


def uninstall_hook(env):
    """Leave nothing behind in the database, nor in core's list of resources."""
    with file_open("resource_allocation/sql/drop.sql") as script:
        env.cr.execute(script.read())
    action = env.ref("resource.action_resource_resource_tree", raise_if_not_found=False)
    if action and "bookable" in (action.domain or ""):
        action.domain = False
