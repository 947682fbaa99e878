import keras
import numpy as np

evaluator = keras.Sequential([keras.Input((9,)), keras.layers.Dense(1, activation="tanh")])


def moves(board):
    return [index for index, field in enumerate(board) if field == 0][:3]


def search(board, player, depth, best=-1.0, worst=1.0):
    if depth == 0:
        return float(evaluator.predict(np.array([board]), verbose=0)[0, 0])  # KI202
    for move in moves(board):
        following = list(board)
        following[move] = player
        best = max(best, -search(following, -player, depth - 1, -worst, -best))
        if best >= worst:
            break
    return best


print(search([0] * 9, 1, 3))
