from . import resource_utilisation_report
