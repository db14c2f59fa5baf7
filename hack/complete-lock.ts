/**
 * Adds the platform packages that npm left out of package-lock.json. npm drops an optional package
 * that its registry cannot serve, and `npm ci` then refuses the lock. They are other platforms'
 * binaries; an entry with the version that its parent asks for, and the platform in its name, is
 * all that `npm ci` needs to pass over them. Run after every change of dependencies.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface Entry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Lock {
  packages: Record<string, Entry | object>;
}

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const processors = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'];

function missingEntries({ packages }: Lock): [string, object][] {
  return Object.values(packages).flatMap(({ dev, optionalDependencies = {} }: Entry) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => packages[`node_modules/${name}`] === undefined)
      .flatMap(([name, version]) => {
        const parts = name.split(/[-/]/);
        const os = systems.filter((system) => parts.includes(system));
        const cpu = processors.filter((processor) => parts.includes(processor));
        if (os.length === 0 || cpu.length === 0) return [];
        const platform = { os, cpu, ...(dev && { dev }), optional: true };
        return [[`node_modules/${name}`, { version, ...platform }] as [string, object]];
      }),
  );
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock;
const missing = missingEntries(lock);
const entries = [...Object.entries(lock.packages), ...missing];
lock.packages = Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${missing.length} platform packages added`);
