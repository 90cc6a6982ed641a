from . import lending_custody_report
