from services.intake.app import create
from services.intake.memory import give_large_blocks_back
from services.intake.settings import Settings
from services.runtime.service import serve

give_large_blocks_back()
serve(create(Settings.load()))
