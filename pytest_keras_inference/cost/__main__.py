"""`python -m pytest_keras_inference.cost model.keras`: what calling a saved model costs."""

import sys

from pytest_keras_inference.cost.measure import main

sys.exit(main())
