from services.routing.app import create
from services.routing.settings import Settings
from services.runtime.service import serve

serve(create(Settings.load()))
