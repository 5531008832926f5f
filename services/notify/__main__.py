from services.notify.app import create
from services.notify.settings import Settings
from services.runtime.service import serve

serve(create(Settings.load()))
