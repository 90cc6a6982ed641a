"""The helpers for clients in several processes do what they say."""

import os

from odoo_process import ClientError, run_clients, transact

from odoo.exceptions import UserError


def _count_up(registry, key):
    """Read, think, write: without Odoo's retry, updates would get lost."""

    def work(env):
        parameters = env["ir.config_parameter"].sudo()
        parameters.search([("key", "=", key)]).value = str(
            int(parameters.get_param(key)) + 1
        )
        return os.getpid()

    return transact(registry, work)


def _refuse(registry, argument):
    if argument == "die":
        os._exit(1)
    raise UserError(argument)


def test_clients_are_processes_and_transactions_are_retried(
    make_database, shell, client_log
):
    database = make_database()
    key = "suite.counter"
    set_up = "env['ir.config_parameter'].set_param({!r}, '0')\nenv.cr.commit()\n"
    shell(database, set_up.format(key))
    processes = run_clients(database, _count_up, [key] * 4, client_log)
    assert len(set(processes)) == 4
    value = shell(database, f"answer(env['ir.config_parameter'].get_param({key!r}))")
    assert value == "4"


def test_refusal_and_death_are_answers(make_database, client_log):
    answers = run_clients(make_database(), _refuse, ["no", "die"], client_log)
    assert isinstance(answers[0], UserError)
    assert answers[0].args == ("no",)
    assert isinstance(answers[1], ClientError)
