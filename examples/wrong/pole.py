"""A pole on a cart, in a few lines of physics."""

import numpy as np


class Pole:
    state_size = 4
    action_size = 2

    def reset(self):
        self.state = np.random.uniform(-0.05, 0.05, 4)
        return self.state

    def step(self, action):
        x, v, angle, spin = self.state
        force = 10.0 if action else -10.0
        spin += 0.02 * (9.8 * np.sin(angle) - force * np.cos(angle) / 5)
        v += 0.02 * force
        self.state = np.array([x + 0.02 * v, v, angle + 0.02 * spin, spin])
        return self.state, 1.0, bool(abs(self.state[0]) > 2.4 or abs(self.state[2]) > 0.2)
