// Tests of the running stack have deadlines of their own, whose errors say what was waited for. Jest's is later.
jest.setTimeout(90_000);
