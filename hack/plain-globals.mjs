import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

/**
 * Jest's environment for Node, with a global object that is an ordinary one. With Jest's own, each look
 * at a global (`Number`, `Map`, `Error`) is intercepted, which costs tests that ask thousands of worlds
 * a third of their time. What a file leaves on the global object is not taken off at its end; it goes
 * with the context, and `workerIdleMemoryLimit` bounds what stays.
 */
export default class PlainGlobals extends TestEnvironment {
  constructor(...args) {
    const { createContext } = vm;
    let made = 0;
    vm.createContext = () => {
      made += 1;
      return createContext(vm.constants.DONT_CONTEXTIFY);
    };
    try {
      super(...args);
    } finally {
      vm.createContext = createContext;
    }
    if (made !== 1)
      throw new Error(`this Jest made ${made} contexts where one was to be a plain one`);
  }
}
