"""Is the same model made again for every prediction: loaded or built in the loop, or in the handler, that predicts?"""
