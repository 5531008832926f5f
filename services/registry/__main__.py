from services.registry.app import create
from services.registry.settings import Settings
from services.runtime.service import serve

serve(create(Settings.load()))
