from services.intake.app import create
from services.intake.settings import Settings
from services.runtime.service import serve

serve(create(Settings.load()))
