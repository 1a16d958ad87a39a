import DefaultTheme from 'vitepress/theme';
import './wide-tables.css';

// VitePress reads the theme from the default export.
export default DefaultTheme;
