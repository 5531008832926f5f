"""python -m services.routing"""

from services.routing.app import create
from services.routing.settings import Settings
from services.runtime.service import serve

if __name__ == "__main__":
    serve(create(Settings.load()))
