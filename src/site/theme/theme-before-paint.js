// Sets the theme before the first paint. Storage may be blocked; then the system's preference decides.
(() => {
  let stored = null;
  try {
    stored = localStorage.getItem('loadbearing:theme');
  } catch {}
  const preferred = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  document.documentElement.dataset.theme = stored === 'dark' || stored === 'light' ? stored : preferred;
})();
