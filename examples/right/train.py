"""Train the agent, then watch it play."""

from agent import Agent
from pole import Pole


def train(episodes=100, batch_size=32):
    env = Pole()
    agent = Agent(env.state_size, env.action_size)
    for _ in range(episodes):
        state, done = env.reset(), False
        while not done:
            action = agent.act(state)
            next_state, reward, done = env.step(action)
            agent.remember(state, action, reward, next_state, done)
            state = next_state
        if len(agent.memory) > batch_size:
            agent.replay(batch_size)
    return agent


def watch(agent, env):
    """The value of every state of one game."""
    values = []
    state, done = env.reset(), False
    while not done:
        q = agent.model.predict_on_batch(state[None])[0]
        values.append(q.max())
        state, _, done = env.step(int(q.argmax()))
    return values


if __name__ == "__main__":
    print(watch(train(), Pole()))
