// Answers when what has changed is drawn, and has come to rest. What turns for ever does not.
return (async () => {
  const frame = () => new Promise((go) => requestAnimationFrame(go));
  await frame();
  await frame();
  const ends = (each) => Number.isFinite(each.effect.getComputedTiming().endTime);
  const ended = Promise.allSettled(document.getAnimations().filter(ends).map(({ finished }) => finished));
  // Those of what is out of sight stand still.
  await Promise.race([ended, new Promise((go) => setTimeout(go, 500))]);
  await frame();
  return true;
})();
