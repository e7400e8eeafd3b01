// A statement that Analytics Engine does not take. Its API answers 422 and this text.

export class Refused extends Error {
  constructor(why: string) {
    super(`Input was invalid: ${why}`);
  }
}

export function refuse(why: string): never {
  throw new Refused(why);
}
