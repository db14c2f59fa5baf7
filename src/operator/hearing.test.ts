import { expect, test } from '@jest/globals';
import { namespace } from '../../test/support/builders.ts';
import { hearing } from './hearing.ts';

test('a fault that lasts ends nothing: each change is complained of, and the next one is heard', () => {
  const errors: string[] = [];
  const fails = () => {
    throw new Error('broken');
  };
  const log = { debug: fails, info: fails, warn: fails };
  const error = (_: object, message: string) => void errors.push(message);
  const hear = hearing({ log: { ...log, error }, takeIn: fails, fill: fails, lookAtAll: fails });
  for (const name of ['a', 'b']) hear({ kind: 'apply', key: name, record: namespace(name) });
  const each = [
    'a change could not be taken in; everything is looked at again',
    'what a change says is not known until the object changes again',
    'not everything could be looked at again; the next change tries anew',
  ];
  expect(errors).toEqual([...each, ...each]);
});
