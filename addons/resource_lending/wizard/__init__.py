from . import lending_reserve
from . import lending_recall
from . import lending_extend
from . import lending_transfer
from . import lending_correct
from . import lending_return
from . import lending_sign
from . import lending_as_of
