// What script adds to pages that work without it.
(() => {
  "use strict";
  // The person's time zone, for times as they read them; a page shown before it was known is shown once more.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  if (zone && !document.cookie.split("; ").includes(`instep_zone=${zone}`)) {
    document.cookie = `instep_zone=${zone}; path=/; max-age=34560000; samesite=strict`;
  }
  // When a piece of work has ended the whole page is fetched once more, so that heading and counts are right.
  document.body.addEventListener("htmx:sseClose", (event) => {
    if (event.detail.type === "message") location.reload();
  });
})();
