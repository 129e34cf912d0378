// Answers when what has changed is drawn, and has come to rest. What turns for ever does not.
return (async () => {
  const frame = () => new Promise((go) => requestAnimationFrame(go));
  await frame();
  await frame();
  const ends = (each) => Number.isFinite(each.effect.getComputedTiming().endTime);
  await Promise.allSettled(document.getAnimations().filter(ends).map(({ finished }) => finished));
  await frame();
  return true;
})();
