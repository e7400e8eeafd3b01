// A reader with British dates, whatever locale the machine has: imported before the modules that format days.

Intl.DateTimeFormat = new Proxy(Intl.DateTimeFormat, {
  construct: (target, [locale = "en-GB", options]) => new target(locale, options),
});
