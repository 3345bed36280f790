/* Below this, columns fold into a row's detail; css/narrow.css agrees. */
export const narrowScreen = matchMedia('(max-width: 699px)');
